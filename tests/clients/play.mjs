// Plays one incident against the server over stdio, with a client of either TypeScript SDK and a person who says yes.
// Prints one line of JSON: what was answered to each call.
//   node play.mjs NODE_MODULES sdk|client COMMAND ARGUMENT...
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, kind, command, ...args] = process.argv.slice(2);
const require = createRequire(`${modules}/none.js`);
const bring = (name) => import(pathToFileURL(require.resolve(name)).href);

async function connected() {
  const about = { name: `typescript-${kind}`, version: "1" };
  const capabilities = { elicitation: { form: {} } };
  const answer = async () => ({ action: "accept", content: { approve: true } });
  const env = process.env;
  if (kind === "sdk") {
    const { Client } = await bring("@modelcontextprotocol/sdk/client/index.js");
    const { StdioClientTransport } = await bring("@modelcontextprotocol/sdk/client/stdio.js");
    const { ElicitRequestSchema } = await bring("@modelcontextprotocol/sdk/types.js");
    const client = new Client(about, { capabilities });
    client.setRequestHandler(ElicitRequestSchema, answer);
    await client.connect(new StdioClientTransport({ command, args, env }));
    return client;
  }
  const { Client } = await bring("@modelcontextprotocol/client");
  const { StdioClientTransport } = await bring("@modelcontextprotocol/client/stdio");
  const client = new Client(about, { capabilities, versionNegotiation: { mode: "auto" } });
  client.setRequestHandler("elicitation/create", answer);
  await client.connect(new StdioClientTransport({ command, args, env }));
  return client;
}

const client = await connected();
const seen = [];
const call = async (name, given) => {
  const told = await client.callTool({ name, arguments: given });
  const answer = told.structuredContent ?? {};
  seen.push([name, answer.result?.state ?? answer.result?.verdict ?? answer.phase ?? "error"]);
  return answer;
};
const tools = (await client.listTools()).tools.length;
const { incident } = await call("open_incident", { target: "shop", title: "Everything answers 500" });
for (const name of ["assess", "classify", "decide", "rollback"]) await call(name, { incident });
for (let tries = 0; seen.at(-1)[1] === "rolling_back" && tries < 10; tries++) {
  seen.pop();
  await call("rollback", { incident });
}
await call("verify", { incident });
await call("write_report", { incident, root_cause: "v5 broke the health answer" });
console.log(JSON.stringify({ tools, seen }));
await client.close();
process.exit(0);
