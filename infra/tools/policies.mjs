// IAM's decisions, by iam-simulate, on 127.0.0.1. A POST asks whether statements allow an
// action on a resource: {"statements", "principal", "account", "action", "resource",
// "context"}. The answer has "allowed" and, in "by", what allows it: the statement's number
// and those of its resources that match.
import { createServer } from "node:http";
import { runSimulation, runUnsafeSimulation } from "@cloud-copilot/iam-simulate";

// simulation is what is asked, in the library's form.
function simulation({ statements, principal, account, action, resource, context }) {
  return {
    identityPolicies: [
      { name: "role", policy: { Version: "2012-10-17", Statement: statements } },
    ],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    request: {
      principal,
      action,
      resource: { resource, accountId: account },
      contextVariables: context ?? {},
    },
  };
}

// withoutARN decides about a resource that has no ARN, such as a phone number, and about none
// where the action may name one: the checked way takes neither. It doesn't tell which statement decides, so that each is asked.
function withoutARN(asked) {
  const allows = (statements) =>
    runUnsafeSimulation(simulation({ ...asked, statements }), {}) === "Allowed";
  const by = asked.statements.flatMap((statement, i) =>
    allows([statement]) ? [{ statement: i, resources: statement.Resource }] : [],
  );
  return { allowed: allows(asked.statements), by };
}

async function decide(asked) {
  if (asked.resource !== "*" && !asked.resource.startsWith("arn:")) {
    return withoutARN(asked);
  }

  const got = await runSimulation(simulation(asked), {});
  if (got.resultType === "wildcard") {
    return withoutARN(asked);
  }
  if (got.resultType !== "single") {
    throw new Error(`${asked.action} on ${asked.resource}: ${JSON.stringify(got.errors)}`);
  }

  const allowing = got.result.analysis.identityAnalysis?.allowStatements ?? [];
  const by = allowing.map(({ explain }) => ({
    statement: Number(explain.identifier) - 1,
    resources: explain.resources.filter((r) => r.matches).map((r) => r.resource),
  }));
  return { allowed: got.overallResult === "Allowed", by };
}

const server = createServer(async (request, response) => {
  try {
    const chunks = await request.toArray();
    const asked = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks)) : null;
    response.end(JSON.stringify(asked ? await decide(asked) : {})); // {}: it is there
  } catch (problem) {
    response.writeHead(500).end(problem.message);
  }
});
server.listen(Number(process.argv[2]), "127.0.0.1");
