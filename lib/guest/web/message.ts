export { bodyOf as bodyOfMessage } from './body.js'
export { abortRequest, makeRequest, Request } from './request.js'
export { isResponse, makeResponse, Response } from './response.js'
