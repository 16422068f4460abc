// SPDX-License-Identifier: Apache-2.0
// A small HTTP server in Node.js, as such collectors are: takes any POST, hands out invented scripts.
//
//     node collector.js PORT
const http = require("http");

const ANSWERS = {
  "/pdown": Buffer.alloc(2600, "PK\x03\x04 invented archive "),
  "/client/9/401": "# invented first stage\n".repeat(20),
  "/payload/9/401": "# invented second stage\n".repeat(30),
  "/brow/9/401": "# invented third stage\n".repeat(30),
};

http.createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    const body = ANSWERS[request.url];
    const type = body ? "application/octet-stream" : "text/html";
    response.writeHead(200, { "X-Powered-By": "Express", "Content-Type": type });
    response.end(body || "ok");
  });
}).listen(Number(process.argv[2]), "0.0.0.0");
