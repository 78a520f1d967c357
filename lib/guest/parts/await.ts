import { rewriteTopLevelAwait } from '../../await.js'
import type { PartHost } from '../part.js'

declare const part: PartHost

part.made = rewriteTopLevelAwait
