import { pathToFileURL } from 'node:url'

const { ISOLATES_BENCH_ROOT: other } = process.env

/** The checkout whose build is measured: this one, or the one that bench/compare names. */
export const root = other ? pathToFileURL(`${other}/`) : new URL('../../', import.meta.url)

/** @returns {Promise<typeof import('isolates')>} the package */
export const load = () => import(new URL('dist/index.mjs', root).href)
