# Turns what a program wrote to a terminal, colours included, into an SVG picture; made the picture in the README:
#   script -qc 'stty cols 100; tocsin scan tocsin-demo' /dev/stdout | gawk -v title='tocsin scan tocsin-demo' -v lines=75 -f tools/picture.awk > docs/demo.svg
# Knows the codes that our table uses: bold, dim, the colours 31 to 36 and 91, and white on red. Needs a UTF-8 locale and an awk
# that counts characters (gawk).
BEGIN {
  char_w = 7.9; line_h = 17; columns = 100; shown = 0
  colour["31"] = "#e5604d"; colour["33"] = "#d9a441"; colour["36"] = "#4fb3bf"; colour["91"] = "#ff6b5e"; colour["2"] = "#7d8590"
}
function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); return text }
# One stretch of equal style, at a column of the current line.
function put(text, column, style,    parts, count, i, fill, weight, x) {
  if (text == "") return
  fill = "#d6dbe1"; weight = ""; count = split(style, parts, ";")
  for (i = 1; i <= count; ++i) {
    if (parts[i] == "1") weight = " font-weight=\"bold\""
    if (parts[i] in colour) fill = colour[parts[i]]
  }
  x = 14 + column * char_w
  if (style ~ /41/) {
    body = body sprintf("<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#b3261e\"/>\n", x - 1, top + shown * line_h - 12, length(text) * char_w + 2, line_h - 1)
    fill = "#ffffff"
  }
  body = body sprintf("<text x=\"%.1f\" y=\"%d\" fill=\"%s\"%s textLength=\"%.1f\">%s</text>\n", x, top + shown * line_h, fill, weight, length(text) * char_w, escaped(text))
}
BEGIN { top = 50 }
/^Script (started|done)/ { next }
shown < lines {
  gsub(/\r|\033\[K/, "")
  column = 0; style = ""
  while (match($0, /\033\[[0-9;]*m/)) {
    text = substr($0, 1, RSTART - 1)
    put(text, column, style)
    column += length(text)
    style = substr($0, RSTART + 2, RLENGTH - 3)
    $0 = substr($0, RSTART + RLENGTH)
  }
  put($0, column, style)
  ++shown
}
END {
  width = 28 + columns * char_w; height = top + shown * line_h + 4
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n", width, height, width, height, escaped(title)
  printf "<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"#14181d\"/>\n"
  printf "<g font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"13\" xml:space=\"preserve\">\n"
  printf "<text x=\"14\" y=\"26\" fill=\"#7d8590\">$ %s</text>\n", escaped(title)
  printf "%s</g>\n</svg>\n", body
}
