// A client program: orders on stdin, reports on stdout, one JSON object a line.
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

let client;

const orders = {
  async connect({ url }) {
    client?.close().catch(() => {});
    client = new Client({ name: "interop", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    return "";
  },
  async call({ tool, args, limit_ms }) {
    const result = await client.callTool({ name: tool, arguments: args }, undefined, { timeout: limit_ms });
    if (result.isError) throw new Error(`the tool failed: ${result.content[0].text}`);
    return result.content[0].text;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  (async () => orders[order.do](order))().then(
    (text) => ({ id: order.id, ok: true, text }),
    (error) => ({ id: order.id, ok: false, error: String(error?.message ?? error) }),
  ).then((report) => console.log(JSON.stringify(report)));
}
process.exit(0);
