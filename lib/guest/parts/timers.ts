import { connect } from '../native.js'
import type { PartHost } from '../part.js'
import { createTimers } from '../timers.js'

declare const part: PartHost

connect(part.native)
part.made = createTimers()
