import { direction } from '../report/direction.mjs'
import { format } from '../report/format.mjs'
import { scaleFor } from './scale.mjs'
import { colorOf } from './theme.mjs'
import { whisker } from './whisker.mjs'

/** In pixels. */
const [WIDTH, ROW, ABOVE, BELOW, HEAD, LEFT, RIGHT] = [820, 26, 14, 50, 50, 160, 96]

/**
 * A panel of bars for each metric, the best driver on top of each.
 *
 * @param {import('../types.d.ts').CaseReport} report
 * @param {readonly string[]} metrics
 * @param {string} title
 * @param {import('./theme.mjs').Theme} theme
 * @returns {import('./render.mjs').Picture}
 */
export function bars(report, metrics, title, theme) {
  let top = HEAD
  const panels = metrics.flatMap((name) => {
    const metric = report.metrics[name]
    const rows = Object.entries(report.drivers).flatMap(([driver, figures]) => {
      const summary = figures[name]
      return summary ? [{ driver, ...summary }] : []
    })
    if (!metric || rows.length === 0) return []
    // The first category of an axis stands at its lower end.
    const sign = direction(metric) === 'less' ? -1 : 1
    rows.sort((a, b) => sign * (a.median - b.median))
    const panel = { metric, rows, top: top + ABOVE, height: rows.length * ROW }
    top = panel.top + panel.height + BELOW
    return [panel]
  })
  const faint = { color: theme.faint, fontSize: 12 }
  /** @type {any} */
  const option = {
    title: heading(title, theme),
    grid: panels.map(({ top: y, height }) => ({ left: LEFT, right: RIGHT, top: y, height })),
    xAxis: panels.map(({ metric, rows }, gridIndex) => {
      const largest = Math.max(...rows.map(({ p75 }) => p75))
      const { size, name } = scaleFor(metric.unit, largest)
      const step = tick(largest / size) * size
      return {
        gridIndex,
        type: 'value',
        min: 0,
        max: step * Math.ceil(largest / step),
        name: `${metric.label}, ${name} (${direction(metric)} is better)`,
        nameLocation: 'middle',
        nameGap: 26,
        nameTextStyle: faint,
        axisLabel: {
          ...faint,
          formatter: (/** @type {number} */ value) => Number((value / size).toPrecision(4)).toLocaleString('en'),
        },
        interval: step,
        splitLine: { lineStyle: { color: theme.grid } },
      }
    }),
    yAxis: panels.map(({ rows }, gridIndex) => ({
      gridIndex,
      type: 'category',
      data: rows.map(({ driver }) => driver),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: theme.text, fontSize: 12 },
    })),
    series: panels.flatMap(({ metric, rows }, index) => [
      {
        type: 'bar',
        xAxisIndex: index,
        yAxisIndex: index,
        barWidth: '62%',
        silent: true,
        data: rows.map(({ driver, median }) => ({ value: median, itemStyle: { color: colorOf(driver, theme) } })),
      },
      {
        type: 'custom',
        xAxisIndex: index,
        yAxisIndex: index,
        silent: true,
        z: 5,
        encode: { x: [0, 2], y: 1 },
        data: rows.map(({ p25, p75, median }, row) => [p25, row, p75, median]),
        renderItem: whisker('horizontal', theme, (api) => format(Number(api.value(3)), metric.unit)),
      },
    ]),
  }
  return { option, width: WIDTH, height: top }
}

/** @param {number} largest @returns {number} from one mark of an axis to the next: 1, 2 or 5 of some power of ten */
function tick(largest) {
  const power = 10 ** Math.floor(Math.log10(largest / 4))
  return ([1, 2, 5].find((step) => largest / (step * power) <= 6) ?? 10) * power
}

/**
 * @param {string} text
 * @param {import('./theme.mjs').Theme} theme
 */
export const heading = (text, theme) => ({
  text,
  subtext: 'Medians; the whiskers hold the middle half of the samples.',
  left: 12,
  top: 8,
  itemGap: 6,
  textStyle: { color: theme.text, fontSize: 15, fontWeight: 'bold' },
  subtextStyle: { color: theme.faint, fontSize: 12 },
})
