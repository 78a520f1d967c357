/** @param {number} value */
function digits(value) {
  const size = Math.abs(value)
  if (size >= 100) return value.toFixed(0)
  if (size >= 10) return value.toFixed(1)
  return value.toFixed(2)
}

/**
 * @param {number} value
 * @param {readonly (readonly [number, string])[]} scales largest first
 */
function scaled(value, scales) {
  const [size, name] = scales.find(([least]) => Math.abs(value) >= least) ?? scales.at(-1) ?? [1, '']
  return `${digits(value / size)} ${name}`.trim()
}

/** @type {Readonly<Record<import('../types.d.ts').MeasureUnit, (value: number) => string>>} */
const formats = {
  seconds: (value) =>
    scaled(value, [
      [1, 's'],
      [1e-3, 'ms'],
      [1e-6, 'µs'],
      [1e-9, 'ns'],
    ]),
  bytes: (value) =>
    scaled(value, [
      [2 ** 30, 'GiB'],
      [2 ** 20, 'MiB'],
      [2 ** 10, 'KiB'],
      [1, 'B'],
    ]),
  'per second': (value) =>
    scaled(value, [
      [1e6, 'M/s'],
      [1e3, 'k/s'],
      [1, '/s'],
    ]),
  times: (value) => `${value.toFixed(Math.abs(value) >= 10 ? 1 : 3)}×`,
}

/**
 * @param {number} value
 * @param {import('../types.d.ts').MeasureUnit} unit
 * @returns {string} with three significant digits and a unit, or a dash for what is not known
 */
export function format(value, unit) {
  return Number.isFinite(value) ? formats[unit](value) : '–'
}

/** @param {number} value */
export function formatRatio(value) {
  return Number.isFinite(value) ? `${digits(value)}×` : '–'
}

/** @param {number} seconds */
export function formatDuration(seconds) {
  const whole = Math.max(0, Math.ceil(seconds))
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
