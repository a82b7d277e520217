// The ends a program is asked to come to from outside: a signal (SIGTERM of a system that shuts down, SIGINT of Ctrl+C,
// SIGHUP of a terminal that closes) or the desktop's session that ends.
#pragma once

#include <QObject>
#include <QSocketNotifier>

namespace perceiver::ui {

class MainWindow;

/// One at a time, after the application object.
class Ending final : public QObject {
    Q_OBJECT
  public:
    explicit Ending(QObject* parent = nullptr);
    ~Ending() override;

  signals:
    void signalled(int number);  ///< in the event loop; the same signal once more ends the program at once
    void sessionEnds();          ///< what is to be kept is kept now: the desktop waits for it, and may go on

  private:
    QSocketNotifier arrived_;
};

/// The window remembers where it was, however the program ends; after a signal it ends as a shell expects of it.
void heed(const Ending&, MainWindow&);

}  // namespace perceiver::ui
