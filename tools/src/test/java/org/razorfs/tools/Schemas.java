package org.razorfs.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;

/** Test support: holds what a tool prints against the schema that it names. */
public final class Schemas {
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private Schemas() {}

  /**
   * Passes when the text is one JSON document that satisfies the published schema of its kind and
   * has no field that the schema does not describe.
   *
   * @param kind such as {@code razorfs.info/1}
   * @return the document
   */
  public static JsonNode check(String kind, String text) {
    try {
      JsonNode document = MAPPER.readTree(text);
      assertEquals(kind, document.path("schema").asText(), text);
      JsonNode schema = schema(kind);
      JsonSchema compiled = JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(schema);
      assertEquals(Set.of(), compiled.validate(document), text);
      document
          .fieldNames()
          .forEachRemaining(
              field ->
                  assertTrue(
                      schema.path("properties").has(field),
                      "the schema of " + kind + " says nothing of " + field));
      return document;
    } catch (IOException e) {
      throw new AssertionError("not JSON: " + text, e);
    }
  }

  private static JsonNode schema(String kind) throws IOException {
    String resource = "schema/" + kind.replace('/', '-') + ".json";
    try (InputStream in = JsonDocument.class.getResourceAsStream(resource)) {
      assertNotNull(in, "no schema is published for " + kind + ", expected " + resource);
      return MAPPER.readTree(in);
    }
  }
}
