package org.razorfs.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * A JSON object that a tool prints: fields in the order in which they were put, bytes and seconds
 * as plain numbers, times in RFC 3339.
 *
 * <p>Jackson's streaming half alone writes it, because loading the other half costs a command more
 * time than all the rest of its work.
 */
public final class JsonDocument {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final Map<String, Object> fields = new LinkedHashMap<>();

  /** An object without a schema, to be put into another. */
  public static JsonDocument object() {
    return new JsonDocument();
  }

  /**
   * A document that opens with {@code "schema": "razorfs.<what>/<version>"}.
   *
   * @param what the kind of document, such as {@code info}
   * @param version grows when a field changes its meaning or goes away, not when one is added
   */
  public static JsonDocument of(String what, int version) {
    return object().put("schema", "razorfs." + what + "/" + version);
  }

  /**
   * Adds a field.
   *
   * @param value a string, number, boolean, {@link Instant}, {@link UUID}, enum, collection or map
   *     of these, another document, or null
   */
  public JsonDocument put(String name, Object value) {
    if (fields.containsKey(name)) {
      throw new IllegalArgumentException("field " + name + " is there already");
    }
    fields.put(name, value);
    return this;
  }

  /** The document on one line. */
  @Override
  public String toString() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      write(json, this);
    } catch (IOException e) {
      throw new UncheckedIOException("a writer in memory cannot fail", e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, Object value) throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof JsonDocument document) {
      write(json, document.fields);
    } else if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> field : map.entrySet()) {
        json.writeFieldName(String.valueOf(field.getKey()));
        write(json, field.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof Collection<?> list) {
      json.writeStartArray();
      for (Object element : list) {
        write(json, element);
      }
      json.writeEndArray();
    } else {
      writeScalar(json, value);
    }
  }

  private static void writeScalar(JsonGenerator json, Object value) throws IOException {
    if (value instanceof Long || value instanceof Integer) {
      json.writeNumber(((Number) value).longValue());
    } else if (value instanceof Double number) {
      json.writeNumber(number);
    } else if (value instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value instanceof Instant time) {
      json.writeString(rfc3339(time));
    } else if (value instanceof String || value instanceof UUID || value instanceof Enum<?>) {
      json.writeString(value.toString());
    } else {
      throw new IllegalArgumentException(
          "no JSON for " + Objects.requireNonNull(value).getClass().getName());
    }
  }

  private static String rfc3339(Instant time) {
    // Whole seconds where there is nothing below: that is how the superblock keeps times.
    Instant seconds = time.truncatedTo(ChronoUnit.SECONDS);
    return DateTimeFormatter.ISO_INSTANT.format(seconds.equals(time) ? seconds : time);
  }
}
