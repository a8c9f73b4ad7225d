// Preload for the official suite when it plays the server: it listens on every interface and reads its address in the same tick, so the port
// has to be bound to 127.0.0.1 at once, before node would get to it. Only node's own handle can do that.
import { Server } from 'node:net'

const { TCP, constants } = process.binding('tcp_wrap')
const listen = Server.prototype.listen
Server.prototype.listen = function (...args) {
  if (typeof args[0] !== 'number' || typeof args[1] === 'string') return listen.apply(this, args)
  const handle = new TCP(constants.SERVER)
  const error = handle.bind('127.0.0.1', args[0])
  if (error !== 0) throw new Error(`Cannot bind to 127.0.0.1: ${error}`)
  return listen.call(this, handle, ...args.filter(argument => typeof argument === 'function'))
}
