import { FAMILY } from './theme.mjs'

/** Half the length of the line across its end. */
const CAP = 4

/**
 * What draws a spread: a line from one value to the other with a cap at each end, and beside it a text if there is one. Its data are
 * `[low, place, high, …]`.
 *
 * @param {'horizontal' | 'vertical'} way of the values
 * @param {import('./theme.mjs').Theme} theme
 * @param {(api: any) => string} [text]
 * @param {string} [color]
 */
export function whisker(way, theme, text, color = theme.text) {
  return (/** @type {unknown} */ _params, /** @type {any} */ api) => {
    const place = api.value(1)
    /** @param {unknown} value */
    const at = (value) => api.coord(way === 'horizontal' ? [value, place] : [place, value])
    const [[x1, y1], [x2, y2]] = [at(api.value(0)), at(api.value(2))]
    const [across, along] = way === 'horizontal' ? [0, CAP] : [CAP, 0]
    /** @param {number} fromX @param {number} fromY @param {number} toX @param {number} toY */
    const line = (fromX, fromY, toX, toY) => ({
      type: 'line',
      shape: { x1: fromX, y1: fromY, x2: toX, y2: toY },
      style: { stroke: color, lineWidth: 1.25 },
    })
    const written = text && {
      type: 'text',
      style: {
        text: text(api),
        x: x2 + 8,
        y: y2,
        fill: theme.text,
        fontSize: 12,
        fontFamily: FAMILY,
        verticalAlign: 'middle',
      },
    }
    return {
      type: 'group',
      children: [
        line(x1, y1, x2, y2),
        line(x1 - across, y1 - along, x1 + across, y1 + along),
        line(x2 - across, y2 - along, x2 + across, y2 + along),
        ...(written ? [written] : []),
      ],
    }
  }
}
