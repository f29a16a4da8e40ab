package org.razorfs.bench.report;

import java.util.List;
import java.util.Locale;
import org.razorfs.bench.profile.Aspect;
import org.razorfs.bench.profile.Frame;
import org.razorfs.bench.profile.HotMethods;

/**
 * A flame graph as a page, callers above what they call. It can be read without its script, which
 * zooms and searches.
 */
public final class FlamePage {
  private static final int ROW = 19;
  private static final int TOP_METHODS = 25;

  /** What is narrower than this part of the whole is left out. */
  private static final double NARROWEST = 0.0004;

  private static final String STYLE =
      """
      main { max-width:none; }
      #bar { display:flex; gap:12px; align-items:center; margin:10px 0 8px; flex-wrap:wrap; }
      #bar input { font:inherit; padding:5px 10px; border:1px solid var(--line); width:260px;
        border-radius:7px; background:var(--card); color:var(--ink); }
      #bar button { font:inherit; padding:5px 12px; border:1px solid var(--line);
        border-radius:7px; background:var(--card); color:var(--ink); cursor:pointer; }
      #bar span { color:var(--soft); }
      .legend i { display:inline-block; width:12px; height:12px; border-radius:3px;
        margin:0 5px -1px 12px; }
      #graph { position:relative; background:var(--card); border:1px solid var(--line);
        border-radius:8px; overflow:hidden; }
      .f { position:absolute; height:18px; font:11.5px/18px system-ui,"DejaVu Sans",sans-serif;
        padding:0 4px; overflow:hidden; white-space:nowrap; text-overflow:ellipsis; color:#1a1f26;
        border-right:1px solid rgba(255,255,255,.55); cursor:pointer; border-radius:2px; }
      .f:hover { filter:brightness(.92); } .f.up { opacity:.55; } .f.hit { outline:2px solid #d00;
        outline-offset:-2px; }
      .root { background:#c9d1da; } .thread { background:#b6c3d1; } .razorfs { background:#8fb4f5; }
      .codec { background:#f4b183; } .jdk { background:#bfe0c2; } .other { background:#e3d49a; }
      """;

  private static final String SCRIPT =
      """
      (function () {
        var graph = document.getElementById('graph');
        var frames = Array.prototype.slice.call(graph.children);
        var search = document.getElementById('search'), found = document.getElementById('found');
        frames.forEach(function (f) {
          f.x = +f.dataset.x; f.w = +f.dataset.w; f.d = +f.dataset.d;
        });
        function zoom(to) {
          frames.forEach(function (f) {
            var inside = f.x + f.w > to.x + 1e-9 && f.x < to.x + to.w - 1e-9;
            var above = f.d < to.d;
            f.style.display = inside ? '' : 'none';
            f.classList.toggle('up', inside && above);
            if (inside) {
              var left = Math.max(0, (f.x - to.x) / to.w);
              var right = Math.min(1, (f.x + f.w - to.x) / to.w);
              f.style.left = 100 * left + '%';
              f.style.width = 100 * (right - left) + '%';
            }
          });
        }
        function find() {
          var text = search.value.toLowerCase(), part = 0, end = -1;
          frames.forEach(function (f) {
            var hit = text !== '' && f.title.toLowerCase().indexOf(text) >= 0;
            f.classList.toggle('hit', hit);
          });
          if (text !== '') {
            var hits = frames.filter(function (f) { return f.classList.contains('hit'); });
            hits.sort(function (a, b) { return a.x - b.x || b.w - a.w; });
            hits.forEach(function (f) {
              if (f.x >= end - 1e-9) { part += f.w; end = f.x + f.w; }
            });
          }
          found.textContent = text === '' ? '' : (100 * part).toFixed(1) + ' % match';
        }
        graph.addEventListener('click', function (e) { if (e.target !== graph) zoom(e.target); });
        document.getElementById('reset').addEventListener('click', function () { zoom(frames[0]); });
        document.addEventListener('keydown', function (e) {
          if (e.key === 'Escape') zoom(frames[0]);
        });
        search.addEventListener('input', find);
      })();
      """;

  private final Aspect aspect;
  private final Frame root;
  private final StringBuilder frames = new StringBuilder();

  private FlamePage(Aspect aspect, Frame root) {
    this.aspect = aspect;
    this.root = root;
  }

  /**
   * The page.
   *
   * @param subtitle what was recorded
   */
  public static String of(String subtitle, Aspect aspect, Frame root, long samples) {
    return new FlamePage(aspect, root).write(subtitle, samples);
  }

  private String write(String subtitle, long samples) {
    String title = "RAZORFS daemon: " + aspect.title();
    StringBuilder body = new StringBuilder("<main>\n<h1>" + Html.escape(title) + "</h1>\n<p>");
    body.append(Html.escape(subtitle))
        .append("; ")
        .append(samples)
        .append(" samples, ")
        .append(amount(root.weight()))
        .append("</p>\n");
    if (root.weight() == 0) {
      body.append("<p>Nothing of this was recorded.</p>\n</main>\n");
      return Html.page(title, STYLE, body.toString());
    }
    body.append(
        """
        <div id="bar"><input id="search" type="search" placeholder="search methods" \
        aria-label="search methods"><button id="reset" type="button">whole graph</button>\
        <span id="found"></span><span class="legend"><i class="razorfs"></i>RAZORFS\
        <i class="codec"></i>codecs<i class="jdk"></i>Java<i class="other"></i>libraries\
        <i class="thread"></i>threads</span></div>
        <p>Callers above, what they call below; width is the share. A click zooms, Escape goes back.\
        </p>
        """);
    append(root, 0, 0);
    body.append("<div id=\"graph\" style=\"height:")
        .append((root.depth() + 1) * ROW + 4)
        .append("px\">\n")
        .append(frames)
        .append("</div>\n");
    methods(body);
    body.append("</main>\n<script>\n").append(SCRIPT).append("</script>\n");
    return Html.page(title, STYLE, body.toString());
  }

  private void append(Frame frame, double x, int depth) {
    double width = (double) frame.weight() / root.weight();
    if (width < NARROWEST) {
      return;
    }
    String share = String.format(Locale.ROOT, "%.2f %%", 100 * width);
    frames.append(
        String.format(
            Locale.ROOT,
            "<div class=\"f %s\" style=\"left:%.4f%%;width:%.4f%%;top:%dpx\" data-x=\"%.6f\""
                + " data-w=\"%.6f\" data-d=\"%d\" title=\"%s\">%s</div>\n",
            kind(frame.name(), depth),
            100 * x,
            100 * width,
            2 + depth * ROW,
            x,
            width,
            depth,
            Html.escape(frame.name() + ": " + amount(frame.weight()) + ", " + share),
            Html.escape(shortName(frame.name()))));
    double at = x;
    for (Frame callee : frame.callees()) {
      append(callee, at, depth + 1);
      at += (double) callee.weight() / root.weight();
    }
  }

  private static String kind(String name, int depth) {
    if (depth < 2) {
      return depth == 0 ? "root" : "thread";
    }
    if (name.startsWith("org.razorfs.")) {
      return "razorfs";
    }
    if (name.startsWith("com.github.luben.")
        || name.startsWith("net.jpountz.")
        || name.startsWith("java.util.zip.")) {
      return "codec";
    }
    return List.of("java.", "jdk.", "sun.", "javax.").stream().anyMatch(name::startsWith)
        ? "jdk"
        : "other";
  }

  /** Class and method without the package. */
  static String shortName(String name) {
    int method = name.lastIndexOf('.');
    int type = method < 0 ? -1 : name.lastIndexOf('.', method - 1);
    return name.startsWith("thread ") ? name : name.substring(type + 1);
  }

  private void methods(StringBuilder body) {
    body.append("<h2>Heaviest methods</h2>\n<div class=\"scroll\"><table>\n<tr><th>method</th>")
        .append("<th>itself</th><th>with what it calls</th></tr>\n");
    for (HotMethods.Method method : new HotMethods(root).top(TOP_METHODS)) {
      body.append("<tr><td><code>")
          .append(Html.escape(method.name()))
          .append("</code></td><td>")
          .append(share(method.self()))
          .append("</td><td>")
          .append(share(method.total()))
          .append("</td></tr>\n");
    }
    body.append("</table></div>\n");
  }

  private String share(long weight) {
    return String.format(Locale.ROOT, "%.1f %%", 100.0 * weight / root.weight());
  }

  private String amount(long weight) {
    return String.format(Locale.ROOT, "%,d %s", weight, aspect.unit());
  }
}
