// SQS alone, by fauxqs, on 127.0.0.1: its own command line listens on every interface and answers queue URLs whose host name doesn't resolve.
import { buildApp } from "fauxqs";
import { SqsStore } from "./node_modules/fauxqs/dist/sqs/sqsStore.js";

const sqsStore = new SqsStore();
sqsStore.host = ""; // a queue's URL begins as the request that made it
await buildApp({ logger: false, stores: { sqsStore } }).listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
