package org.razorfs.bench.result;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The measurements of one workload on one file system. */
public final class Series {
  private final String workload;
  private final String title;
  private final Unit unit;
  private final String target;
  private final List<Double> values = new ArrayList<>();
  private final Map<String, List<Double>> details = new LinkedHashMap<>();
  private String tool = "";

  /** None yet. */
  public Series(String workload, String title, Unit unit, String target) {
    this.workload = workload;
    this.title = title;
    this.unit = unit;
    this.target = target;
  }

  /** Adds a measurement. */
  public void add(Figure figure) {
    values.add(figure.value());
    tool = figure.tool();
    figure
        .details()
        .forEach((name, value) -> details.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
  }

  /** The workload's name. */
  public String workload() {
    return workload;
  }

  /** What it does, for people. */
  public String title() {
    return title;
  }

  /** What the values count. */
  public Unit unit() {
    return unit;
  }

  /** The file system's name. */
  public String target() {
    return target;
  }

  /** What did the work. */
  public String tool() {
    return tool;
  }

  /** In the order in which they were taken. */
  public List<Double> values() {
    return Collections.unmodifiableList(values);
  }

  /** What they come to. */
  public Statistics statistics() {
    return Statistics.of(values);
  }

  /** The medians of what else was seen. */
  public Map<String, Double> details() {
    Map<String, Double> medians = new LinkedHashMap<>();
    details.forEach((name, list) -> medians.put(name, Statistics.of(list).median()));
    return medians;
  }
}
