import { Agent, get } from 'node:http'

const TENANTS = 200
const CLIENTS = 8

/** @param {string} url @param {Agent} agent */
function ask(url, agent) {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => response.resume().on('end', () => resolve(response.statusCode))).on(
      'error',
      reject,
    )
  })
}

/**
 * Asks tenants in turn for that long.
 *
 * @param {string} url @param {Agent} agent @param {number} milliseconds
 * @returns {Promise<number>} the 99th percentile of the times of a request, in seconds
 */
async function percentile(url, agent, milliseconds) {
  /** @type {number[]} */
  const times = []
  const until = performance.now() + milliseconds
  let next = 0
  const client = async () => {
    while (performance.now() < until) {
      next = (next + 1) % (TENANTS - 1)
      const began = performance.now()
      const status = await ask(`${url}/t${next}`, agent)
      if (status !== 200) throw new Error(`a tenant that does no harm got ${status}`)
      times.push((performance.now() - began) / 1000)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  times.sort((a, b) => a - b)
  return times[Math.floor(times.length * 0.99)] ?? Number.NaN
}

/** @type {import('../types.d.ts').Case} */
export const tenants = {
  name: 'tenants',
  title: `${TENANTS} tenants on one server, one of which loops for ever`,
  needs: 'tenants',
  metrics: {
    alone: { label: 'p99 without it', unit: 'seconds' },
    beside: { label: 'p99 beside it', unit: 'seconds' },
    slower: { label: 'beside, by without', unit: 'times', better: 'less' },
  },
  rounds: { full: 2, quick: 0 },
  async run(field, { quick }) {
    const server = await /** @type {NonNullable<typeof field.tenants>} */ (field.tenants)(TENANTS)
    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
    const hostile = new Agent({ keepAlive: true, maxSockets: 2 })
    const milliseconds = quick ? 1_000 : 5_000
    // All of them have started, and their code is warm.
    await percentile(server.url, agent, milliseconds)
    const alone = await percentile(server.url, agent, milliseconds)
    let attacks = true
    const attackers = Array.from({ length: 2 }, async () => {
      while (attacks) await ask(`${server.url}/bad`, hostile)
    })
    const beside = await percentile(server.url, agent, milliseconds)
    attacks = false
    await Promise.all(attackers)
    for (const each of [agent, hostile]) each.destroy()
    await server.close()
    return { alone: [alone], beside: [beside], slower: [beside / alone] }
  },
}
