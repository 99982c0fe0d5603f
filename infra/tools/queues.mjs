// SQS alone, by fauxqs, on 127.0.0.1. Its own command line listens on every interface, and
// answers URLs of queues whose host name doesn't resolve.
//
// Two things of SQS are added that fauxqs leaves out: no message is delayed for longer than
// 15 minutes, and each keeps the trace header of the call that sent it.
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html,
// https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html)
import { AsyncLocalStorage } from "node:async_hooks";

import { buildApp } from "fauxqs";
import { SqsError } from "./node_modules/fauxqs/dist/common/errors.js";
import { SqsQueue, SqsStore } from "./node_modules/fauxqs/dist/sqs/sqsStore.js";

const mostDelay = 900; // seconds

const sqsStore = new SqsStore();
sqsStore.host = ""; // a queue's URL begins as the request that made it

const calls = new AsyncLocalStorage(); // the trace header of the call that is answered
const trace = Symbol("trace"); // of a message, which JSON leaves out

const { createMessage } = SqsStore;
SqsStore.createMessage = (...message) =>
  Object.assign(createMessage(...message), { [trace]: calls.getStore() });

const { dequeue } = SqsQueue.prototype;
SqsQueue.prototype.dequeue = function (...call) {
  const received = dequeue.apply(this, call);
  for (const message of received) {
    message[trace] = this.inflightMessages.get(message.ReceiptHandle).message[trace];
  }
  return received;
};

const app = buildApp({ logger: false, stores: { sqsStore } });

// The AWS SDK encodes what a header can't hold.
app.addHook("preHandler", (request, _reply, done) => {
  const header = request.headers["x-amzn-trace-id"];
  calls.run(header && decodeURIComponent(header), done);
});

app.addHook("preHandler", async (request, reply) => {
  const { DelaySeconds, Entries } = request.body ?? {};
  const delays = [DelaySeconds, ...(Entries ?? []).map((entry) => entry.DelaySeconds)];
  const wrong = delays.find((delay) => delay < 0 || delay > mostDelay);
  if (wrong === undefined) {
    return undefined;
  }

  const refusal = new SqsError(
    "InvalidParameterValue",
    `Value ${wrong} for parameter DelaySeconds is invalid. Reason: Must be >= 0 and <= 900.`,
  );
  reply.status(refusal.statusCode).header("x-amzn-query-error", refusal.queryErrorHeader);
  return reply.type("application/x-amz-json-1.0").send(JSON.stringify(refusal));
});

app.addHook("preSerialization", async (_request, _reply, answer) => {
  for (const message of answer?.Messages ?? []) {
    if (message.Attributes && message[trace]) {
      message.Attributes.AWSTraceHeader = message[trace];
    }
  }
  return answer;
});

await app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
