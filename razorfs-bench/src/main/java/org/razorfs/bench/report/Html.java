package org.razorfs.bench.report;

/** A page that loads nothing: its style, its pictures and its scripts are inside. */
final class Html {
  private static final String STYLE =
      """
      :root { --bg:#f6f7f9; --card:#fff; --ink:#16202c; --soft:#5b6876; --line:#dde2e8;
        --own:#1d4ed8; --peer:#9aa8b8; --good:13,148,136; --bad:217,119,6; --whisker:#16202c; }
      @media (prefers-color-scheme: dark) {
        :root { --bg:#10151c; --card:#19212b; --ink:#e6ebf1; --soft:#9aa7b5; --line:#2b3643;
          --own:#60a5fa; --peer:#566475; --good:45,212,191; --bad:251,146,60; --whisker:#e6ebf1; } }
      * { box-sizing:border-box; }
      body { margin:0; background:var(--bg); color:var(--ink);
        font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif; }
      main { max-width:1180px; margin:0 auto; padding:32px 24px 64px; }
      h1 { font-size:28px; line-height:1.2; margin:0 0 4px; letter-spacing:-.01em; }
      h2 { font-size:19px; margin:40px 0 4px; }
      h3 { font-size:14px; margin:0 0 8px; }
      p { margin:4px 0 14px; color:var(--soft); max-width:78ch; }
      .facts { display:flex; flex-wrap:wrap; gap:8px 28px; margin:18px 0 0; padding:0; }
      .facts div { min-width:0; } .facts dt { color:var(--soft); font-size:12px; }
      .facts dd { margin:0; font-weight:600; }
      .scroll { overflow-x:auto; background:var(--card); border:1px solid var(--line);
        border-radius:10px; }
      table { border-collapse:collapse; width:100%; font-variant-numeric:tabular-nums; }
      th,td { padding:7px 12px; border-bottom:1px solid var(--line); text-align:right;
        white-space:nowrap; }
      tr:last-child td { border-bottom:0; }
      th { font-size:12px; color:var(--soft); font-weight:600; }
      th:first-child,td:first-child { text-align:left; }
      td small { color:var(--soft); display:block; font-size:11.5px; line-height:1.2; }
      td.own { font-weight:700; }
      .grid { display:grid; gap:14px; margin-top:12px;
        grid-template-columns:repeat(auto-fill,minmax(330px,1fr)); }
      .card { background:var(--card); border:1px solid var(--line); border-radius:10px;
        padding:14px 16px; }
      .card h3 span { color:var(--soft); font-weight:400; }
      svg { display:block; width:100%; height:auto; }
      svg text { font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
        fill:var(--ink); }
      svg .soft { fill:var(--soft); } svg .own { fill:var(--own); } svg .peer { fill:var(--peer); }
      svg .axis { stroke:var(--line); } svg .one { stroke:var(--soft); stroke-dasharray:3 3; }
      svg .whisker { stroke:var(--whisker); opacity:.55; }
      svg .bold { font-weight:700; }
      ul { color:var(--soft); padding-left:20px; } li { margin:2px 0; }
      code { font:13px ui-monospace,"DejaVu Sans Mono",monospace; color:var(--ink); }
      """;

  private Html() {}

  /** A whole page around a body. */
  static String page(String title, String moreStyle, String body) {
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
        + escape(title)
        + "</title>\n<style>\n"
        + STYLE
        + moreStyle
        + "</style>\n</head>\n<body>\n"
        + body
        + "</body>\n</html>\n";
  }

  /** Text as it may stand between tags and in attributes. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(Character.isISOControl(c) ? ' ' : c);
      }
    }
    return escaped.toString();
  }
}
