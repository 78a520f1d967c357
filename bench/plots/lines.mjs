import { direction } from '../report/direction.mjs'
import { format } from '../report/format.mjs'
import { heading } from './bars.mjs'
import { styleOf } from './theme.mjs'
import { whisker } from './whisker.mjs'

/** In pixels. */
const [WIDTH, HEIGHT, LEFT, RIGHT, BELOW, LEGEND_ROW] = [820, 460, 86, 28, 58, 22]

/** Of what a case without lines is drawn of. @type {Readonly<Record<import('../types.d.ts').MeasureUnit, string>>} */
const NAMES = { seconds: 'time', bytes: 'memory', 'per second': 'rate', times: 'times' }

/**
 * A line for each driver, over the case's own axis.
 *
 * @param {import('../types.d.ts').CaseReport} report
 * @param {string} line which of the case's
 * @param {string} title
 * @param {import('./theme.mjs').Theme} theme
 * @returns {import('./render.mjs').Picture}
 */
export function lines(report, line, title, theme) {
  const points = Object.entries(report.metrics).filter(([, metric]) => (metric.line ?? '') === line)
  const { axis } = report
  const first = points[0]?.[1]
  if (!axis || !first) throw new RangeError(`${report.name} has no axis or no line '${line}'`)
  /** @param {number} at */
  const place = (at) => (axis.scale === 'log' ? Math.log(at) : at)
  // A quick run does not go as far as a full one.
  const measured = points.filter(([name]) => Object.values(report.drivers).some((figures) => figures[name]))
  const places = new Map(measured.map(([, { at = 0, label }]) => [place(at), label]))
  const ratios = first.unit === 'times'
  const faint = { color: theme.faint, fontSize: 12 }

  const drawn = Object.entries(report.drivers).map(([driver, figures]) => ({
    driver,
    ...styleOf(driver, theme),
    values: points.flatMap(([name, { at = 0 }]) => {
      const summary = figures[name]
      // What is lost in noise may come out below zero, where a logarithm has no place for it.
      return summary && (ratios || summary.p25 > 0) ? [{ x: place(at), ...summary }] : []
    }),
  }))
  const top = 54 + LEGEND_ROW * Math.ceil(drawn.length / 5)
  /** @type {any} */
  const option = {
    title: heading(title, theme),
    legend: {
      top: 54,
      left: 12,
      width: WIDTH - 24,
      textStyle: { color: theme.text, fontSize: 12 },
      itemWidth: 22,
      itemGap: 16,
      data: drawn.map(({ driver }) => driver),
    },
    grid: { left: LEFT, right: RIGHT, top: top + 10, bottom: BELOW },
    xAxis: {
      type: 'value',
      min: Math.min(...places.keys()),
      max: Math.max(...places.keys()),
      name: axis.label,
      nameLocation: 'middle',
      nameGap: 30,
      nameTextStyle: faint,
      axisLine: { lineStyle: { color: theme.grid } },
      axisTick: { customValues: [...places.keys()] },
      axisLabel: {
        ...faint,
        customValues: [...places.keys()],
        formatter: (/** @type {number} */ value) => nearest(places, value),
      },
      splitLine: { show: false },
    },
    yAxis: {
      // Times, rates and bytes span powers of ten; ratios do not.
      type: ratios ? 'value' : 'log',
      // Powers that have round names.
      logBase: first.unit === 'bytes' ? 16 : 10,
      name: `${line === '' ? NAMES[first.unit] : line} (${direction(first)} is better)`,
      nameLocation: 'middle',
      nameGap: 68,
      nameTextStyle: faint,
      axisLabel: { ...faint, formatter: (/** @type {number} */ value) => tidy(format(value, first.unit)) },
      splitLine: { lineStyle: { color: theme.grid } },
    },
    series: drawn.flatMap(({ driver, color, symbol, dashed, values }) => [
      {
        name: driver,
        type: 'line',
        data: values.map(({ x, median }) => [x, median]),
        symbol,
        symbolSize: 7,
        silent: true,
        lineStyle: { color, width: symbol === 'circle' ? 2.5 : 1.75, type: dashed ? 'dashed' : 'solid' },
        itemStyle: { color },
        z: symbol === 'circle' ? 4 : 3,
      },
      {
        type: 'custom',
        silent: true,
        encode: { x: 1, y: [0, 2] },
        data: values.map(({ x, p25, p75 }) => [p25, x, p75]),
        renderItem: whisker('vertical', theme, undefined, color),
      },
    ]),
  }
  return { option, width: WIDTH, height: HEIGHT + LEGEND_ROW * Math.floor((drawn.length - 1) / 5) }
}

/** The mark that is meant: what comes back from an axis may have lost its last bit. @param {Map<number, string>} places @param {number} value */
function nearest(places, value) {
  const [best] = [...places].sort(([a], [b]) => Math.abs(a - value) - Math.abs(b - value))
  return best?.[1] ?? ''
}

/** `1.00 ms` is `1 ms` on an axis. @param {string} text */
const tidy = (text) => text.replace(/\.0+(?=\D|$)/, '').replace(/(\.\d*?)0+(?=\D|$)/, '$1')
