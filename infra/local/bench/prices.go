package main

// pricedOn is when the list was made, for us-east-1, in US dollars, without any free tier.
const pricedOn = "November 2026"

// Prices, each with the page to look it up on. Those of SNS, S3, Secrets Manager, EventBridge
// and continuous backup weren't looked up there: they were known, and are little of the bill.
const (
	// "Amazon SES pricing": $0.10 for 1,000 outbound emails, paid by feature. Of their data
	// attachments are paid alone, of which there are none. The plans that it has since July
	// 2026 ask more: Essentials $0.16.
	perEmail = 0.10 / 1000

	// "Pricing for On-Demand Capacity" (Amazon DynamoDB), with the reduction that "New –
	// Amazon DynamoDB lowers pricing for on-demand throughput and global tables" told of in
	// November 2024: $0.625 for a million write request units, $0.125 for a million read
	// request units, $0.25 for a GB stored a month, $0.20 for a GB of continuous backup.
	perWriteUnit  = 0.625 / million
	perReadUnit   = 0.125 / million
	perStoredGB   = 0.25
	perBackedUpGB = 0.20

	// "AWS Lambda Pricing": $0.0000133334 for a GB-second on Arm, $0.20 for a million
	// requests.
	perGBSecond   = 0.0000133334
	perInvocation = 0.20 / million

	// "Amazon API Gateway pricing", "HTTP APIs": $1.00 for a million requests of up to 512 KB.
	perRequest = 1.00 / million

	// "Amazon SQS pricing": $0.40 for a million requests of standard queues; each 64 KB of a
	// payload is a request.
	perQueueRequest   = 0.40 / million
	queueRequestBytes = 64 * 1024

	// "Amazon SNS pricing": $0.50 for a million requests of standard topics; what goes on to
	// SQS is free.
	perTopicRequest = 0.50 / million

	// "Amazon S3 pricing", S3 Standard: $0.005 for 1,000 PUT, COPY, POST and LIST requests,
	// $0.0004 for 1,000 GET and all others, $0.023 for a GB stored a month.
	perPut         = 0.005 / 1000
	perGet         = 0.0004 / 1000
	perObjectsGB   = 0.023
	perTransferGB  = 0.09 // "Amazon EC2 On-Demand Pricing", "Data Transfer": out to the internet
	perLogGB       = 0.50 // "Amazon CloudWatch Pricing", "Logs": collected, standard class
	perSecret      = 0.40 // "AWS Secrets Manager Pricing": a secret, a month
	perSecretCall  = 0.05 / 10_000
	perRuleEvent   = 1.00 / million // "Amazon EventBridge pricing": at most that of a custom event
	ticksInAMonth  = 30 * 24 * 12   // the rule runs every five minutes
	million        = 1e6
	gigabyte       = 1e9
	megabytesInAGB = 1024 // of memory
	accessLine     = 250  // bytes that API Gateway logs of a request, by the stack's format
)

// fullCore is the memory at which a function has a whole core, in MB: below it has a share
// of it ("Configure Lambda function memory",
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
const fullCore = 1769
