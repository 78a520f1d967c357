export default (req, res) => {
  res.end(`plain ${req.method} ${req.url}`)
}
