import { createConsole } from '../console.js'
import { speak } from '../dialect.js'
import { connect } from '../native.js'
import type { PartHost } from '../part.js'

declare const part: PartHost

connect(part.native)
speak(part.dialect)
part.made = createConsole()
