// For tests: a whole RELP stream read the slow and obvious way, for comparison with RelpFrames, whatever the reads were. It has the same rules
// (relp_frames.h) and shares no code. Never fails; used by relp_frames_test.cc and the fuzz target.
#pragma once

#include <regex>
#include <string>
#include <vector>

namespace tocsin {

struct RelpTwin {
  std::vector<std::string> messages;  // at most a megabyte of each
  std::string out;
  bool bad = false, ended = false;

  explicit RelpTwin(std::string rest) {
    // A head that is whole, or may become one.
    const std::regex whole("^([0-9]{1,9}) ([A-Za-z]{1,32}) ([0-9]{1,9})( |(?=\\n))"), begun("^([0-9]{1,9}( ([A-Za-z]{1,32}( ([0-9]{1,9})?)?)?)?)?$");
    bool open = false;
    while (!bad && !ended) {
      const std::string start = rest.substr(0, 53);
      std::smatch head;
      if (!std::regex_search(start, head, whole)) {
        bad = !std::regex_match(start, begun);
        // Too long is known as soon as all digits are.
        return;
      }
      const unsigned long size = std::stoul(head[3]);
      if (size > 16u << 20 || (size > 0 && head[4] != " ")) {
        bad = true;
        return;
      }
      const std::size_t head_size = static_cast<std::size_t>(head.length());
      if (rest.size() <= head_size + size) return;
      const std::string data = rest.substr(head_size, size), command = head[2];
      bad = rest[head_size + size] != '\n';
      rest.erase(0, head_size + size + 1);
      const std::string number = std::to_string(std::stoul(head[1]));
      if (bad || number == "0") continue;
      std::string said = "200 OK";
      if (command == "syslog") {
        bad = !open;
        if (bad) continue;
        messages.push_back(data.substr(0, 1 << 20));
      } else if (command == "open") {
        const std::string offers = "\n" + std::regex_replace(data, std::regex("\r\n|\r$"), "\n") + "\n";
        std::smatch version, commands;
        const bool good = std::regex_search(offers, version, std::regex("\nrelp_version=([^\n]+)\n")) &&
                          std::regex_search(offers, commands, std::regex("\ncommands=([^\n]*)\n")) &&
                          ("," + commands.str(1) + ",").find(",syslog,") != std::string::npos;
        open = good;
        ended = !good;
        said = good ? std::string("200 OK\nrelp_version=") + (version.str(1) == "0" ? "0" : "1") + "\nrelp_software=tocsin\ncommands=syslog"
                    : "500 offer relp_version and commands=syslog";
      } else if (command == "close") {
        ended = true;
      } else {
        said = "500 this command is not known here";
      }
      out += number + " rsp " + std::to_string(said.size()) + " " + said + "\n";
    }
  }
};

}  // namespace tocsin
