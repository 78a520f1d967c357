/** What goes between a server and the app that answers its requests in an isolate: lib/serve and lib/guest/web/serve.ts. */

/**
 * Status, text of the status, fields in turn with their values, and the body: none, all of it, or true for one that is pulled. A status of
 * 101 changes to a WebSocket.
 */
export type Answer = [
  status: number,
  statusText: string,
  fields: string[],
  body: string | Uint8Array | true | undefined,
]

/** What a WebSocket carries: messages, and at last what it was closed with; unclean when the connection is just gone. */
export type SocketItem = string | Uint8Array | [code: number, reason: string, unclean?: boolean]

/** What an app sends at once. It comes to the host on two ways, and by the number, from 0, it can be put in order. */
export type Batch = [number: number, items: SocketItem[]]
