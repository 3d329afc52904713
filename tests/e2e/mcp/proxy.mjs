// node proxy.mjs URL TOKEN PORT: passes requests on to URL as they come, Host and Origin too, and adds the token that the conformance suite has no way to send.
import http from 'node:http';
import https from 'node:https';

const [target, token, port] = process.argv.slice(2);
const to = new URL(target);
const secure = to.protocol === 'https:';
const server = http.createServer((asked, answered) => {
  const headers = { ...asked.headers, authorization: `Bearer ${token}` };
  const onward = (secure ? https : http).request({ host: to.hostname, port: to.port, method: asked.method, path: asked.url, headers, servername: '' }, (reply) => {
    answered.writeHead(reply.statusCode, reply.headers);
    answered.flushHeaders();
    reply.pipe(answered);
  });
  onward.on('error', () => answered.destroy());
  answered.on('close', () => onward.destroy());
  asked.pipe(onward);
});
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
