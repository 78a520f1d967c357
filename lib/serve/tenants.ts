import { TimeoutError } from '../errors.js'
import type { IsolateOptions } from '../options.js'
import { fieldOf } from '../shared/fields.js'
import type { Client } from './client.js'
import type { Control } from './control.js'
import { restartDelay } from './delay.js'
import { type Reporter, refuse, serveRequest } from './exchange.js'
import { keys, type Settings, type TenantEntry, type TenantSettings } from './settings.js'
import { AppWorker } from './worker.js'

/** Names of tenants go into isolates' names and errors. */
const longestName = 253

/** A tenant that has had a request lately. */
interface Tenant {
  readonly name: string
  /** Of its app. */
  readonly version: number
  readonly worker: AppWorker
  readonly started: Promise<void>
  readonly idle: NodeJS.Timeout
}

/** A tenant that has run out of its time or memory: how often in a row, and until when it is refused. */
interface Penalty {
  failures: number
  until: number
}

/**
 * The tenants of one I/O thread: an isolate for each that has requests, made with the first of them.
 *
 * No tenant's code runs on this thread: a call costs a hand-over to the pool, and whoever loops there keeps nobody but himself waiting. One
 * that is cut off by a limit starts anew, and after some delay: twice as long each time, so that all it can take from the others is its
 * timeout, now and then.
 */
export class Tenants {
  readonly #settings: Settings
  readonly #plan: TenantSettings
  readonly #control: Control
  readonly #reporter: Reporter
  /** In the order of their last request. */
  readonly #alive = new Map<string, Tenant>()
  readonly #penalties = new Map<string, Penalty>()
  readonly #ending = new Set<AppWorker>()

  constructor(settings: Settings, plan: TenantSettings, control: Control, reporter: Reporter) {
    this.#settings = settings
    this.#plan = plan
    this.#control = control
    this.#reporter = { ...reporter, over: (worker, error) => this.#over(worker, error) }
  }

  serve(client: Client): void {
    const { name, target } = this.#plan.by === 'host' ? byHost(client) : byPath(client)
    const entry =
      name.length <= longestName ? (this.#control.store.get(keys.tenant(name)) as TenantEntry | undefined) : undefined
    if (entry === undefined) {
      refuse(client, 404, 'Not Found')
      return
    }
    const penalty = this.#penalties.get(name)
    if (penalty !== undefined && penalty.until > Date.now()) {
      const seconds = Math.ceil((penalty.until - Date.now()) / 1000)
      refuse(client, 503, 'Service Unavailable', ['retry-after', String(seconds)])
      return
    }
    const tenant = this.#find(name, entry)
    if (tenant.worker.active >= this.#plan.maxPending) {
      refuse(client, 503, 'Service Unavailable', ['retry-after', '1'])
    } else if (tenant.worker.state === 'ready') {
      serveRequest(tenant.worker, client, this.#reporter, target)
    } else {
      tenant.worker.active += 1
      tenant.started.then(
        () => {
          tenant.worker.active -= 1
          serveRequest(tenant.worker, client, this.#reporter, target)
        },
        () => refuse(client, 500, 'Internal Server Error'),
      )
    }
  }

  /** Ends all of them; they start anew with their next request. */
  async reload(): Promise<void> {
    await Promise.all([...this.#alive.values()].map((tenant) => this.#end(tenant)))
  }

  closeSockets(): void {
    for (const { worker } of this.#alive.values()) worker.closeSockets()
  }

  async drain(): Promise<void> {
    await this.reload()
    await Promise.all([...this.#ending].map((worker) => worker.isolate.closed))
  }

  stats(): object[] {
    return [...this.#alive.values()].map(({ worker }) => ({ tenant: worker.tenant, ...worker.stats() }))
  }

  #find(name: string, entry: TenantEntry): Tenant {
    const known = this.#alive.get(name)
    if (known !== undefined && known.version === entry.version && !known.worker.isClosed) {
      // Last in the order from now on.
      this.#alive.delete(name)
      this.#alive.set(name, known)
      known.idle.refresh()
      return known
    }
    if (known !== undefined) void this.#end(known)
    const made = this.#make(name, entry)
    this.#alive.set(name, made)
    this.#makeRoom()
    return made
  }

  #make(name: string, entry: TenantEntry): Tenant {
    const { startTimeout } = this.#settings
    const worker = new AppWorker(0, `tenant ${name}`, this.#options(entry), this.#settings.webSocket, name)
    worker.isolate.on('error', (error) => this.#control.error(error, { kind: 'uncaught', worker: 0, tenant: name }))
    const started = worker.start(entry.module ?? 'app', entry.env, Math.min(startTimeout, this.#plan.timeout * 10))
    const idle = setTimeout(() => {
      if (worker.active === 0) void this.#end(tenant)
      else idle.refresh()
    }, this.#plan.idleTimeout).unref()
    const tenant: Tenant = { name, version: entry.version, worker, started, idle }
    started.catch((error) => {
      this.#control.error(error, { kind: 'worker', worker: 0, tenant: name })
      this.#punish(name)
      this.#forget(tenant)
    })
    void worker.isolate.closed.then(({ kind }) => {
      if (kind === 'memory-limit') this.#punish(name)
      this.#forget(tenant)
    })
    return tenant
  }

  #options({ root, source }: TenantEntry): IsolateOptions {
    const { memoryLimit, timeout, cpuTimeout, fetch, console } = this.#plan
    return {
      memoryLimit,
      timeout,
      ...(cpuTimeout === undefined ? {} : { cpuTimeout }),
      fetch,
      console,
      maxIsolates: 0,
      modules: source === undefined ? { root: root as string, packages: true } : { sources: { app: source } },
    }
  }

  /** Ends those that have waited longest for a request when there are too many. */
  #makeRoom(): void {
    for (const tenant of this.#alive.values()) {
      if (this.#alive.size <= this.#plan.maxAlive) return
      if (tenant.worker.active === 0 && tenant.worker.state === 'ready') void this.#end(tenant)
    }
  }

  #over(worker: AppWorker, error: unknown): void {
    const name = worker.tenant as string
    // What it was at is gone, and perhaps half done: the next request finds a new one.
    if (error instanceof TimeoutError) {
      this.#punish(name)
      const tenant = this.#alive.get(name)
      if (tenant?.worker === worker) void this.#end(tenant)
    } else if (error === undefined) {
      this.#penalties.delete(name)
    }
  }

  #punish(name: string): void {
    const failures = (this.#penalties.get(name)?.failures ?? 0) + 1
    this.#penalties.delete(name)
    this.#penalties.set(name, { failures, until: Date.now() + restartDelay(failures) * penaltyFactor })
    // Names are of known tenants only, but those come and go.
    if (this.#penalties.size > mostPenalties) this.#penalties.delete(this.#penalties.keys().next().value as string)
  }

  #forget(tenant: Tenant): void {
    clearTimeout(tenant.idle)
    if (this.#alive.get(tenant.name) === tenant) this.#alive.delete(tenant.name)
  }

  async #end(tenant: Tenant): Promise<void> {
    this.#forget(tenant)
    this.#ending.add(tenant.worker)
    await tenant.worker.drain(this.#settings.closeTimeout)
    this.#ending.delete(tenant.worker)
  }
}

/** Of the delay for a worker that has died: what a tenant takes in its timeout is others' time. */
const penaltyFactor = 5
const mostPenalties = 10_000

function byHost({ fields, target }: Client): { name: string; target: string } {
  return { name: (fieldOf(fields, 'host') ?? '').replace(/:\d+$/, '').toLowerCase(), target }
}

function byPath(client: Client): { name: string; target: string } {
  const [, name = '', rest = ''] = /^\/([^/?]*)(.*)$/.exec(client.target) ?? []
  const target = rest.startsWith('/') ? rest : `/${rest}`
  try {
    return { name: decodeURIComponent(name), target }
  } catch {
    return { name: '', target }
  }
}
