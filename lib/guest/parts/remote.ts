import { connect } from '../native.js'
import type { PartHost } from '../part.js'
import { connectRemote } from '../remote.js'

declare const part: PartHost

connect(part.native)
part.made = connectRemote()
