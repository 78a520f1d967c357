/** @param {import('../types.d.ts').Metric} metric */
export const direction = ({ unit, better }) => better ?? (unit === 'seconds' || unit === 'bytes' ? 'less' : 'more')
