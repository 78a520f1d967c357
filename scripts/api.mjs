// The public interface as api/isolates.api.md records it: `npm run api` writes it anew, `npm run lint` fails where it differs, so
// that no change of the interface goes unseen.
import { join } from 'node:path'
import { CommandError, fail, isMain, root, run } from './common.mjs'

const extractor = join(root, 'node_modules/@microsoft/api-extractor/bin/api-extractor')

/** Throws where dist/index.d.ts is not what the report says. */
export async function checkApi() {
  const { code, output } = await run(process.execPath, [extractor, 'run'], { allowFailure: true })
  if (code !== 0)
    throw new CommandError(`${output}\nIf the change is meant: npm run api, and commit api/isolates.api.md`)
}

if (isMain(import.meta.url)) {
  try {
    await run(process.execPath, [extractor, 'run', '--local'], { show: true })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    fail(error.message)
  }
}
