// Preload (node --import) for third-party servers that listen on every interface: forces 127.0.0.1 and says which port was taken.
import { Server } from 'node:net'

const listen = Server.prototype.listen
Server.prototype.listen = function (...args) {
  const callback = args.find(argument => typeof argument === 'function')
  const first = args[0]
  const port = typeof first === 'object' && first !== null ? first.port ?? 0 : Number(first ?? 0)
  this.once('listening', () => { process.stderr.write(`loopback port ${this.address().port}\n`) })
  return listen.call(this, { port, host: '127.0.0.1' }, callback)
}
