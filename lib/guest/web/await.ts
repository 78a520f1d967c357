export { rewriteTopLevelAwait } from '../../await.js'
