import { connect } from '../../shared/natives.js'
import { connectPlain } from '../../shared/plain.js'
import type { PartHost } from '../part.js'

declare const part: PartHost

connect(part.native.shared())
connectPlain()
part.made = true
