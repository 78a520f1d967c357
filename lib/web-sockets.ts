/** The protocol, by the library `ws`: the build bundles it here for all that speak it, so that the package needs none at run time. */
export { type WebSocket, WebSocketServer } from 'ws'
