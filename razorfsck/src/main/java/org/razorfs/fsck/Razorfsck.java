package org.razorfs.fsck;

import java.io.IOException;
import java.nio.file.Path;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.CheckReport;
import org.razorfs.check.Checker;
import org.razorfs.check.Problem;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.Console;
import org.razorfs.tools.ExitCodes;
import org.razorfs.tools.Progress;
import org.razorfs.tools.Tool;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The command {@code razorfsck}: checks an image, and changes nothing. */
@Command(
    name = "razorfsck",
    description = {
      "Checks everything in an image that can be checked: every checksum, every reference, every"
          + " count, and the content of every chunk of data.",
      "Nothing is changed. An image that was not closed needs no check: the next mount recovers it."
    },
    exitCodeList = {
      "0:Nothing is wrong",
      "4:Something is wrong, and left as it is",
      "8:The image could not be checked",
      "16:Wrong usage"
    })
public final class Razorfsck extends BaseCommand {
  private static final int CLEAN = 0;
  private static final int LEFT = 4;
  private static final ExitCodes EXIT_CODES = new ExitCodes(8, 16);

  @Option(
      names = {"-n", "--no-changes"},
      description = "Change nothing, which is so anyway for now.")
  @SuppressWarnings("UnusedVariable")
  private boolean noChanges;

  @Option(
      names = {"-a", "-p", "--preen"},
      description =
          "Repair what is safe without asking, as fsck(8) wants it at boot; for now, check.")
  @SuppressWarnings("UnusedVariable")
  private boolean preen;

  @Option(
      names = {"-y", "--repair"},
      description = "Repair: not built in yet, and refused.")
  private boolean repair;

  @Option(
      names = "--no-data",
      description = "Leave the content of files unread and check all the rest.")
  private boolean noData;

  @Option(
      names = "--max-findings",
      paramLabel = "N",
      defaultValue = "100",
      description = "Show up to so many findings of each kind; the rest are counted. Default: 100.")
  private int maxFindings;

  @Parameters(paramLabel = "IMAGE", description = "The image file or block device.")
  private Path image;

  /** Runs the command and ends the process. */
  public static void main(String[] args) {
    new Tool(new Razorfsck()).runAndExit(args);
  }

  @Override
  protected ExitCodes exitCodes() {
    return EXIT_CODES;
  }

  @Override
  protected int execute(Console console) throws IOException {
    if (repair) {
      throw new CommandFailure(
          EXIT_CODES.usage(), image + ": repair is not built in yet; run without it to check");
    }
    if (maxFindings < 1) {
      throw new ParameterException(spec().commandLine(), "--max-findings has to be at least 1");
    }
    CheckReport report = check(console);
    refuseWhatIsNoVolume(report);
    CheckReportView view = new CheckReportView(image, report);
    console.print(view.document());
    view.findings().forEach(console::print);
    if (!console.quiet()) {
      view.summary().forEach(console::print);
    }
    return report.isClean() ? CLEAN : LEFT;
  }

  private CheckReport check(Console console) throws IOException {
    CheckOptions options = new CheckOptions(!noData, maxFindings, CheckOptions.full().cacheBytes());
    try (FileDevice device =
            FileDevice.open(image, FileDeviceOptions.readOnly().withOnWait(console::note));
        Progress progress = new Progress(console, "check")) {
      return Checker.check(device, options, progress::report);
    }
  }

  /** What cannot be a volume was not checked, so nothing is said about damage. */
  private void refuseWhatIsNoVolume(CheckReport report) throws CommandFailure {
    for (Problem problem : new Problem[] {Problem.NOT_A_VOLUME, Problem.UNSUPPORTED}) {
      if (report.counts().containsKey(problem)) {
        String why =
            report.findings().stream()
                .filter(finding -> finding.problem() == problem)
                .findFirst()
                .map(finding -> finding.location() + ": " + finding.message())
                .orElse(problem.text());
        throw new CommandFailure(
            EXIT_CODES.failure(),
            image
                + (problem == Problem.NOT_A_VOLUME
                    ? ": is no RAZORFS volume (" + why + "); name the image that mkfs made"
                    : ": cannot be checked (" + why + "); use a newer version of this software"));
      }
    }
  }
}
