from mcp.server.mcpserver import MCPServer

import counting

server = MCPServer("interop")
server.tool()(counting.count)
server.run(transport="streamable-http", host="127.0.0.1", port=counting.port, streamable_http_path="/mcp", stateless_http=counting.stateless)
