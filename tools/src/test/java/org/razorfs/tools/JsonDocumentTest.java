package org.razorfs.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class JsonDocumentTest {
  @Test
  void keepsTheOrderAndStartsWithTheSchema() {
    JsonDocument document =
        JsonDocument.of("info", 1)
            .put("bytes", 1L << 40)
            .put("count", 3)
            .put("ratio", 1.5)
            .put("clean", true)
            .put("nothing", null)
            .put("id", new UUID(1, 2))
            .put("when", Instant.ofEpochSecond(0))
            .put("exactly", Instant.ofEpochSecond(0, 5_000_000))
            .put("list", List.of("a", JsonDocument.object().put("b", 1)));
    assertEquals(
        "{\"schema\":\"razorfs.info/1\",\"bytes\":1099511627776,\"count\":3,\"ratio\":1.5,"
            + "\"clean\":true,\"nothing\":null,\"id\":\"00000000-0000-0001-0000-000000000002\","
            + "\"when\":\"1970-01-01T00:00:00Z\",\"exactly\":\"1970-01-01T00:00:00.005Z\","
            + "\"list\":[\"a\",{\"b\":1}]}",
        document.toString());
  }

  @Test
  void escapesWhatNamesMayHold() {
    assertEquals(
        "{\"name\":\"a\\\"\\n\\u0001é\"}",
        JsonDocument.object().put("name", "a\"\n\u0001é").toString());
  }

  @Test
  void refusesAFieldTwiceAndWhatHasNoForm() {
    JsonDocument document = JsonDocument.object().put("a", 1);
    assertThrows(IllegalArgumentException.class, () -> document.put("a", 2));
    document.put("b", new Object());
    assertThrows(IllegalArgumentException.class, document::toString);
  }
}
