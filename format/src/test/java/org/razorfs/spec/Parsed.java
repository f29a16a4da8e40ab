package org.razorfs.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;

/**
 * Something that the generated parser has parsed, whose class the tests cannot name since it is
 * generated when they run.
 */
record Parsed(String path, Object object) {
  /** The field or instance with a name, in the generated code's camel case. */
  Parsed get(String name) {
    return new Parsed(path + "." + name, call(object, name));
  }

  private static Object call(Object target, String name) {
    try {
      return target.getClass().getMethod(name).invoke(target);
    } catch (InvocationTargetException e) {
      throw new AssertionError(name + " of " + target.getClass().getSimpleName(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  boolean isNull() {
    return object == null;
  }

  /** Numbers and booleans as they are; of an enum its number. */
  long number() {
    if (object instanceof Boolean bit) {
      return bit ? 1 : 0;
    }
    return ((Number) (object instanceof Enum<?> ? call(object, "id") : object)).longValue();
  }

  String text() {
    return (String) object;
  }

  byte[] bytes() {
    return (byte[]) object;
  }

  List<Parsed> list() {
    List<Parsed> list = new ArrayList<>();
    for (Object element : (List<?>) object) {
      list.add(new Parsed(path + "[" + list.size() + "]", element));
    }
    return list;
  }

  void assertNumber(long expected) {
    assertEquals(expected, number(), path);
  }

  void assertNumber(int expected) {
    long actual = number();
    assertTrue(
        actual == expected || actual == Integer.toUnsignedLong(expected),
        () -> path + ": expected " + expected + ", got " + actual);
  }

  void assertBytes(byte[] expected) {
    assertArrayEquals(expected, bytes(), path);
  }

  /** Compares every component of a record with the field of the same name. */
  void assertLike(Record expected) {
    for (RecordComponent component : expected.getClass().getRecordComponents()) {
      Object value;
      try {
        value = component.getAccessor().invoke(expected);
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(e.getMessage(), e);
      }
      get(component.getName()).assertIs(value);
    }
  }

  private void assertIs(Object value) {
    if (value instanceof Integer number) {
      assertNumber(number);
    } else if (value instanceof Long number) {
      assertNumber(number);
    } else if (value instanceof Boolean bit) {
      assertNumber(bit ? 1L : 0L);
    } else if (value instanceof byte[] bytes) {
      assertBytes(bytes);
    } else if (value instanceof Record record) {
      assertLike(record);
    } else {
      throw new AssertionError(path + ": no comparison with " + value);
    }
  }
}
