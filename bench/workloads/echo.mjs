/**
 * The smallest call there is: a number in, the same number out.
 *
 * @param {number} value
 */
export const echo = (value) => value
