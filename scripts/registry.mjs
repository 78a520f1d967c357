// A package registry on this machine, with the packages it is given and no others: so that installing can be tried without a
// network, by the very ways users install.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename } from 'node:path'

/** `packages` are manifests with the path of their tarball: [{ manifest, tarball }]. */
export async function startRegistry(packages) {
  const refused = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname)
    const tarball = packages.find((each) => path === `/-/${basename(each.tarball)}`)?.tarball
    const known = packages.filter(({ manifest }) => path === `/${manifest.name}`)
    if (tarball !== undefined) return response.end(readFileSync(tarball))
    if (known.length > 0) {
      return response.setHeader('content-type', 'application/json').end(JSON.stringify(describe(known, url)))
    }
    refused.push(path)
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}`
  // Installers keep connections open, which end with their processes.
  const close = () => server.close(() => {}) && server.closeAllConnections()
  return { url, refused, close }
}

function describe(known, url) {
  const versions = known.map(({ manifest, tarball }) => {
    const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
    // Lifecycle scripts are those that npm tells from a packument.
    const hasInstallScript = manifest.scripts?.install !== undefined
    return { ...manifest, hasInstallScript, dist: { tarball: `${url}/-/${basename(tarball)}`, integrity } }
  })
  const { name } = versions[0]
  const latest = versions.at(-1).version
  const time = { modified: '2020-01-01T00:00:00.000Z', created: '2020-01-01T00:00:00.000Z' }
  for (const { version } of versions) time[version] = time.created
  const byVersion = Object.fromEntries(versions.map((each) => [each.version, each]))
  return { name, 'dist-tags': { latest }, versions: byVersion, time }
}
