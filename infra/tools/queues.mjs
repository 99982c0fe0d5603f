// SQS alone, by fauxqs, on 127.0.0.1. Its own command line listens on every interface, and
// answers URLs of queues whose host name doesn't resolve.
import { buildApp } from "fauxqs";
import { SqsStore } from "./node_modules/fauxqs/dist/sqs/sqsStore.js";

const sqsStore = new SqsStore();
sqsStore.host = ""; // a queue's URL begins as the request that made it

const port = Number(process.argv[2]);
await buildApp({ logger: false, stores: { sqsStore } }).listen({ port, host: "127.0.0.1" });
