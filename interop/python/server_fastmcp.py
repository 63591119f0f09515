from fastmcp import FastMCP

import counting

server = FastMCP("interop")
server.tool(counting.count)
server.run(transport="http", host="127.0.0.1", port=counting.port, path="/mcp", stateless_http=counting.stateless, show_banner=False)
