// A server by node's own HTTP parser: says of each request how it was read, and of each connection what was on it.
const http = require('http');
const crypto = require('crypto');
const [address, port] = process.argv.slice(2);
let connections = 0, requests = 0, errors = [];
const server = http.createServer({ maxHeaderSize: 65536 }, (request, response) => {
  requests++;
  request.socket.requests = (request.socket.requests || 0) + 1;
  const hash = crypto.createHash('sha256');
  let length = 0;
  request.on('data', (data) => { length += data.length; hash.update(data); });
  request.on('end', () => {
    if (request.url === '/summary') return response.end(JSON.stringify({ connections, requests, errors }));
    const text = JSON.stringify({ method: request.method, url: request.url, length, hash: hash.digest('hex'),
      headers: request.rawHeaders, nth: request.socket.requests });
    response.setHeader('x-node', 'read');
    response.end(text);
  });
  request.on('error', () => {});
});
const odd = (method) => (request, socket) => {
  requests++;
  socket.end('HTTP/1.1 200 OK\r\nx-node: ' + method + '\r\nConnection: close\r\n\r\n' +
    JSON.stringify({ method: request.method, url: request.url, length: 0, hash: '', headers: request.rawHeaders, nth: 1 }));
};
server.on('upgrade', odd('upgrade'));
server.on('connect', odd('connect'));
server.on('checkContinue', (request, response) => { response.writeContinue(); server.emit('request', request, response); });
server.on('connection', () => { connections++; });
server.on('clientError', (error, socket) => {
  if (error.code !== 'ECONNRESET') errors.push(error.code + ' ' + (error.rawPacket || '').toString('latin1').slice(0, 300));
  socket.destroy();
});
server.listen({ port: Number(port), host: address, backlog: 1024 }, () => console.log('ready'));
