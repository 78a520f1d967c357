export { bodyOf as bodyOfMessage } from './body.js'
export { Request } from './request.js'
export { makeResponse, Response } from './response.js'
