/** @typedef {import('../types.d.ts').MeasureUnit} MeasureUnit */

/** Steps between two names of a unit, largest first. @type {Readonly<Record<MeasureUnit, readonly (readonly [number, string])[]>>} */
const steps = {
  seconds: [
    [1, 's'],
    [1e-3, 'ms'],
    [1e-6, 'µs'],
    [1e-9, 'ns'],
  ],
  bytes: [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
    [1, 'bytes'],
  ],
  'per second': [
    [1e6, 'millions per second'],
    [1e3, 'thousands per second'],
    [1, 'per second'],
  ],
  times: [[1, 'times']],
}

/**
 * @param {MeasureUnit} unit
 * @param {number} largest what has to be shown
 * @returns {{ size: number, name: string }} what an axis counts in
 */
export function scaleFor(unit, largest) {
  const [size, name] = steps[unit].find(([least]) => largest >= least) ?? steps[unit].at(-1) ?? [1, '']
  return { size, name }
}
