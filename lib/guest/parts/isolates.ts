import { createIsolates } from '../isolates.js'
import { connect } from '../native.js'
import type { PartHost } from '../part.js'

declare const part: PartHost

connect(part.native)
part.made = createIsolates()
