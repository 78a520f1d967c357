/**
 * Finds, reads and prepares the modules that guests import. This folder is bundled with its libraries and loaded when the
 * first isolate has modules.
 */
export { ModuleService } from './service.js'
