export { Request } from './request.js'
export { makeResponse, Response } from './response.js'
