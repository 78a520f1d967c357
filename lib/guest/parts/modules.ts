import { importDynamically } from '../modules/load.js'
import { fillMeta } from '../modules/meta.js'
import { connectModules } from '../modules/registry.js'
import { connect } from '../native.js'
import type { PartHost } from '../part.js'

declare const part: PartHost

connect(part.native)
const natives = part.native.modules()
connectModules(natives)
natives.register(importDynamically, fillMeta)
part.made = true
